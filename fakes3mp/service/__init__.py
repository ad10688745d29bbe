"""The request pipeline, and what it works with: clock, credentials, stored bodies, faults, events, CORS."""
