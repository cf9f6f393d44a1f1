"""Published runs and what people decide about them."""
