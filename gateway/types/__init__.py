"""The native API's requests and answers: they validate, and the documents are made of them."""
