# Reads what stands on stdin.
# stdin: one\ntwo\n
while (line = gets)
  puts line.chomp.reverse
end
