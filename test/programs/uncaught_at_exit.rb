# What leaves <main> is reported last, whatever at_exit blocks raise, rescue or exit with.
def last_words
  puts "a method"
end

at_exit { exit 7 }
at_exit { raise IndexError, "in a block" }
at_exit do
  begin
    Integer("x")
  rescue ArgumentError
    puts "rescued in a block"
  end
  puts "goes on"
end
at_exit(&method(:last_words))

raise "what ends it"
