# frozen_string_literal: true

# rouge highlights a file of Ruby.
#
# A lexer: blocks and StringScanner. It is a workload of workloads.rb.
require_relative "workload"
require "rouge"

text = File.read(File.join(Workload::ROOT, "lib/codetracer/launcher.rb"))
Workload.run do
  lexer = Rouge::Lexers::Ruby.new
  Rouge::Formatters::HTML.new.format(lexer.lex(text)).size
end
