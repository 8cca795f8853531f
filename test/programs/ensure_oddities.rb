# ensure that raises, returns, throws, breaks and retries; $! and causes on the way.
def raises(log)
  log << :body
ensure
  log << $!.inspect
  raise IOError, "from ensure"
end

def raises_over(log)
  raise KeyError, "lost"
ensure
  begin
    raise IOError, "inner"
  rescue IOError
    log << :inner_rescued
  end
  log << $!.class
end

def throws
  raise KeyError, "lost"
ensure
  throw :done, :thrown
end

def breaks
  [1, 2].each do |n|
    begin
      raise KeyError, "lost #{n}"
    ensure
      break n * 10
    end
  end
end

def nexts
  [1, 2].map do |n|
    begin
      raise KeyError, "lost #{n}"
    ensure
      next n * 100
    end
  end
end

def value_stays
  value = 1
ensure
  value = 2
end

def nested_ensures(log)
  begin
    begin
      raise "first"
    ensure
      log << 1
      raise "second"
    end
  ensure
    log << 2
    raise "third"
  end
rescue => e
  [e.message, e.cause.message, e.cause.cause.message]
end

log = []
begin
  raises(log)
rescue IOError => e
  p e.message, e.cause
end
begin
  raises_over(log)
rescue KeyError => e
  p e.message
end
p catch(:done) { throws }, breaks, nexts, value_stays, nested_ensures(log), log
begin
  begin
    raise "one"
  rescue => e
    raise e.class, "two", cause: nil
  end
rescue => e
  p e.cause
end
