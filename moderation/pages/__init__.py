"""Pages for everybody, in the frame of the directory's: rules, a notice, what became of it, yearly figures."""
