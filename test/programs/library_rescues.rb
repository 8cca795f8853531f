# A library raises and rescues an exception of its own while the program handles another.
begin
  raise IOError
rescue IOError => e
  KeyError.new("a").message
  p e.class
end

def ensured
  yield
ensure
  KeyError.new("b").message
  Integer("x") rescue 0
  puts "ensured"
end

begin
  ensured { raise TypeError, "first" }
rescue TypeError => e
  p e.message
end
