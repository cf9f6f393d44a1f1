"""What everybody intends to do on a day: orders as intents, which the matching engine carries out."""
