"""Who acts together: accounts whose own manipulative acts go the same way."""
