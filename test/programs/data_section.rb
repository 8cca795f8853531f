# DATA, __END__, __FILE__, __LINE__, $0.
lines = DATA.readlines
puts lines, lines.size
puts File.basename(__FILE__), __LINE__, __FILE__ == $0, File.basename(__dir__)
__END__
first
second
