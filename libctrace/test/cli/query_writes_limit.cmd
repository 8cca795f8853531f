ctrace query traces/pay100 writes amount --limit 1; ctrace query traces/pay100 writes @balance --object 1 -l 1; ctrace query traces/pay100 writes @balance --object 7
