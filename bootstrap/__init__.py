"""What an account needs once before workflows deploy Darkroom into it."""
