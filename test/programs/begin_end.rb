# BEGIN and END blocks run out of order. From Ruby 3.4 on, BEGIN is no line that runs.
END { puts "END" }
place = "body"
puts place
BEGIN { puts "BEGIN" }
