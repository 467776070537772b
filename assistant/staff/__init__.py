"""What officers of the Center use: who they are, how they log in, and the counter page."""
