"""The recurrence that every layer of the zoo runs on: a layer is its step."""
