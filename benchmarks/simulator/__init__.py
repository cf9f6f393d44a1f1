"""Studies of the simulated exchange: is it hard enough, and is it like a real market?"""
