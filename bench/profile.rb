# frozen_string_literal: true

# Where the instructions of a recorded line go:  ruby bench/profile.rb NAME...
#
# The dearest functions of the hook, with the VM's way to it, and of the writer. Needs valgrind.
require_relative "callgrind"

module Bench
  module Profile
    FUNCTION_COUNT = 8

    module_function

    def text(program)
      found = Instructions.new(program).functions(FUNCTION_COUNT)
      %w[program writer].zip(found).map do |process, rows|
        "#{program.name}, #{process}, instructions a line:\n" +
          rows.map { |count, name| format("%9d  %s\n", count, name) }.join
      end.join
    end
  end
end

if $PROGRAM_NAME == __FILE__
  programs = Bench::CATALOGUE.select { |program| ARGV.include?(program.name) }
  abort "bench: no program is called #{ARGV.join(' or ')}" if programs.empty?
  puts(programs.map { |program| Bench::Profile.text(program) })
end
