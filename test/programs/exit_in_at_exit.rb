# at_exit order, one registered inside another, a changed status.
at_exit { puts "registered first, runs last" }
at_exit do
  puts "second"
  at_exit { puts "registered inside" }
  exit 9
end
END { puts "END block" }
puts "main"
exit 1
