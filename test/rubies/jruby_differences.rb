# frozen_string_literal: true

# What JRuby makes different in the events of a program, each with its name.
#
# Used by JrubyTest, beside the differences of every pure recording. doc/design/pure-rubies.md has
# the reasons.
require_relative "../conformance/differences"

module JrubyDifferences
  NAMES = %i[return_values repeated_lines output_pieces exits backtraces].freeze
  OUTPUT = /\A *event (\d) "" "(.*)"\n\z/.freeze

  module_function

  def all(events)
    NAMES.reduce(Differences.all(events)) { |text, name| send(name, text) }
  end

  # A return does not say what it returns.
  def return_values(events)
    lines = events.lines.grep_v(/\A *<return_value> = /)
    lines.map { |line| line.sub(/\A( *return) .*/, '\1') }.join
  end

  # CRuby's line events are two where a line holds two statements, as `raise if bad` does.
  def repeated_lines(events)
    step = nil
    is_repeated = false
    events.lines.reject do |line|
      case line
      when /\A *step /
        is_repeated = line == step
        step = line
      when /\A *(?:call|return|event)\b/
        step = nil unless line =~ /\A *event/
        is_repeated = false
      end
      is_repeated
    end.join
  end

  # `p` and `pp` write a value and its line's end one after the other.
  def output_pieces(events)
    events.lines.slice_when { |line, following| line[OUTPUT, 1] != following[OUTPUT, 1] }
          .flat_map { |lines| lines.first =~ OUTPUT ? joined(lines) : lines }.join
  end

  # While at_exit blocks run, `$!` stays the exit that led there, and is no other exit's cause.
  def exits(events)
    events.gsub(',\\"causes\\":[\\"SystemExit: exit\\"]', "")
          .lines.grep_v(/\A *event 12 "rescued" "SystemExit: /).join
  end

  # The golden is Ruby 2.7's where there is one, which lacks the frames of C functions.
  def backtraces(events)
    events.gsub(Differences::BACKTRACE, "")
  end

  def joined(lines)
    head = lines.first[/\A *event \d "" /]
    ["#{head}\"#{lines.map { |line| line[OUTPUT, 2] }.join}\"\n"]
  end
end
