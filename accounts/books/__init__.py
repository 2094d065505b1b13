"""What a login sees of its books: its accounts, statements, and what proves them."""
