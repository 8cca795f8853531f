# frozen_string_literal: true

# Prints the command's options for command.c, as a header:  ruby option_words.rb > option_words.h
#
# Run by make. RecordingOptions says what they mean; here is only what tells them from the program.
require_relative "../../lib/codetracer/recording_options"

options = CodeTracer::RecordingOptions
words = {
  option_with_value: options::FLAGS.keys + CodeTracer::FilterOptions::FLAGS,
  option_alone: options::SWITCHES.keys - options::NOT_FOR_WAITING
}

# Bytes as C writes them: Ruby's own escapes are others.
quote = ->(text) { %("#{text.b.gsub(%r{[^\w/.+-]}n) { |byte| format('\\%03o', byte.ord) }}") }

puts "/* Written by ext/command/option_words.rb, see there. */"
puts "#define RUBY_EXECUTABLE #{quote.call(File.realpath('/proc/self/exe'))}"
words.each do |name, list|
  puts "static const char *const #{name}[] = {#{list.map(&quote).join(', ')}, NULL};"
end
