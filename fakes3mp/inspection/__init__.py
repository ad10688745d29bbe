"""What a test looks at: recorded calls, views of uploads and objects, and assertions about them."""
