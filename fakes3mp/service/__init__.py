"""The request pipeline, which every call goes through, and what stands around it: clock, faults, events."""
