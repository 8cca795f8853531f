ctrace query traces/open_calls calls '<top-level>' --where 'n > 1'; ctrace diff traces/open_calls traces/open_calls
