"""The Binance Spot dialect: `/api/v3`, `/ws`, `/stream`, `/ws-api/v3`.

A presenter over the objects the native API uses too; neither dialect knows the other.
"""
