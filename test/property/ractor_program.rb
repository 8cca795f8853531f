# frozen_string_literal: true

# A RandomProgram that runs in several Ractors at once, each with notes of its own.
#
# Used by CallLogTest. What is global in the other is the Ractor's here.
require_relative "random_program"

class RactorProgram < RandomProgram
  RACTOR_COUNT = 3
  HEAD = <<~'RUBY'
    require "fiber"
    require "json"
    $VERBOSE = nil
    Ractor.current[:notes] = []
  RUBY

  private

  def head
    HEAD
  end

  def notes
    "Ractor.current[:notes]"
  end

  def next_number
    "Object.new.__id__"
  end

  def enough
    "#{notes}.size > #{2 * CALL_COUNT_MAX}"
  end

  def runner
    "RUN = Lower.new.freeze"
  end

  # What a block defines belongs to the Ractor that ran it.
  def define(name, body)
    "def #{name}(parent, n)\n#{body}\nend\n"
  end

  # Its notes are global.
  def class_body(_depth)
    call
  end

  def main_text
    <<~RUBY
      ractors = Array.new(#{RACTOR_COUNT}) do
        Ractor.new do
          #{notes} = []
          #{runs(3)}
          #{notes}
        end
      end
      #{runs(2)}
      take = Ractor.method_defined?(:value) ? :value : :take
      notes = ractors.flat_map { |ractor| ractor.public_send(take) } + #{notes}
      File.write(ARGV[0], notes.to_json)
    RUBY
  end

  def runs(count)
    Array.new(count) do |n|
      "begin\nRUN.m#{@random.rand(METHOD_COUNT)}(nil, #{n + 2})\n" \
        "rescue StandardError, FiberError\nend"
    end.join("\n")
  end
end
