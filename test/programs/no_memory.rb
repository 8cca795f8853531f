# NoMemoryError, raised and rescued: no machine has that much.
def too_much
  "x" * (1 << 62)
ensure
  puts "no result"
end

begin
  too_much
rescue NoMemoryError => e
  puts e.class
end
begin
  [nil] * (1 << 62)
rescue ArgumentError => e
  puts e.class
end
puts "goes on"
