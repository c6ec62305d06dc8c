"""What every function needs from Lambda: its batch, its environment, its log."""
