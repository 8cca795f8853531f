ctrace query traces/pay100 writes @balance; ctrace query --all traces/pay100 writes @balance; ctrace query --json --all traces/pay100 writes @balance
