# ensure, else, nested rescue, ensure that raises, return from ensure.
def order(fail)
  puts "body"
  raise "boom" if fail

  :body
rescue RuntimeError => e
  puts "rescue #{e.message}"
  :rescued
else
  puts "else"
  :else
ensure
  puts "ensure"
end

def replaced
  begin
    raise "first"
  ensure
    raise TypeError, "second"
  end
rescue TypeError => e
  "#{e.message} because of #{e.cause.message}"
end

def swallowed
  raise "lost"
ensure
  return :from_ensure
end

p order(false), order(true), replaced, swallowed
value = Integer("x") rescue -1
p value
