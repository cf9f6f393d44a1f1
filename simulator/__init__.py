"""A labelled exchange: order book, people, hard negatives, rings and adversaries, written in the input contract."""
