# frozen_string_literal: true

# What frames are left by is told although the address of an exception that was raised before is
# that of another object by now: what `throw` takes through them, most of all.
#
# The program says itself in which rounds it raises and in which it throws.
require_relative "recorder_case"

class ReusedAddressTest < RecorderCase
  parallelize_me!

  ROUNDS = 2
  THROWS = 2500 # in a round: one of them has what the collection freed before
  PROGRAM = <<~RUBY
    def leave(tag)
      tag.nil? ? raise(ArgumentError, "no") : throw(tag)
    end

    def go(tag)
      catch(:out) { leave(tag) }
    rescue ArgumentError
      nil
    end

    #{ROUNDS}.times do
      Fiber.new { go(nil) }.resume # nothing of it is left on this stack
      Thread.new { nil }.join
      GC.start
      #{THROWS}.times { go(:out) }
    end
  RUBY
  RAISED = 'ArgumentError:"unwound by ArgumentError: no"'
  THROWN = 'Unwound:"left by throw :out"'

  def test_a_throw_at_an_exceptions_address
    [{}, { "CODETRACER_RUBY_FORCE_HOOKS" => "1" }].each do |env|
      FileUtils.rm_rf(in_folder("trace"))
      run = record("--profile", "json", write_program("p.rb", PROGRAM), env: env)
      assert run.status.success?, run.to_s
      endings = checked_events.scan(/^ *return (\w+:"(?:unwound|left).*")$/).flatten
      assert_equal({ RAISED => ROUNDS, THROWN => ROUNDS * THROWS }, endings.tally)
    end
  end
end
