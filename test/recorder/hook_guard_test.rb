# frozen_string_literal: true

# What goes out of a hook: nothing of ours, all that is the program's.
#
# Code counts as ours that has a path in the recorder's folder.
require "minitest"
require_relative "../../lib/codetracer/hook_guard"

class HookGuardTest < Minitest::Test
  FOLDER = File.expand_path("../../lib/codetracer", __dir__)

  def test_our_own_mistakes_stay
    code = eval('-> { raise "ours" }', binding, File.join(FOLDER, "some.rb"), 1)
    assert_nil(CodeTracer::HookGuard.call(&code))
  end

  def test_what_ruby_raises_at_us_stays
    code = eval("-> { Queue.new.pop(true) }", binding, File.join(FOLDER, "some.rb"), 1)
    assert_nil(CodeTracer::HookGuard.call(&code))
  end

  # As a signal handler of its own may, which runs within the hook.
  def test_what_the_program_raises_goes_on
    assert_raises(IOError) { CodeTracer::HookGuard.call { raise IOError } }
  end

  def test_what_another_thread_raises_comes_behind
    ended = false
    assert_raises(IOError) do
      CodeTracer::HookGuard.call do
        Thread.current.raise(IOError)
        ended = true
      end
    end
    assert ended
  end
end
