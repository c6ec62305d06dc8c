"""What every stage keeps to, and the Pulumi policy pack that enforces it."""
