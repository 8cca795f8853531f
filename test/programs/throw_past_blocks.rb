# A throw goes on behind blocks that an ensure calls on its way, whatever they rescue and catch.
def leave(name)
  throw :out, name
ensure
  2.times do |n|
    catch(:out) do
      throw :out, n
    end
  end
  begin
    Integer("x")
  rescue ArgumentError
    [1].each do |n|
      puts n
    end
  end
end

puts(catch(:out) { leave("by throw") })
