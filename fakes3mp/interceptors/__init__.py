"""Ways in. A door only translates between its client's world and the wire's messages."""
