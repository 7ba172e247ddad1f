//! A plugin that misbehaves on demand, for the tests.
