# frozen_string_literal: true

# The API again, with the pure recorder.
#
# The tests are those of the native recorder; its writer and its heap walk have no counterpart.
require_relative "api_test"
require_relative "api_pause_test"
require_relative "api_process_test"

module PureApi
  PURE = { "CODETRACER_RUBY_RECORDER_BACKEND" => "pure" }.freeze

  DOOR = File.join(RecorderCase::ROOT, "trace.rb")

  private

  def profiles
    %w[json]
  end

  def door
    DOOR
  end

  def record(*words, env: {}, **options)
    env = { "CODETRACER_RUBY_RECORDER_OUT_DIR" => in_folder("trace") }.merge(env)
    ruby(door, *words, env: env, **options)
  end

  def ruby(*words, env: {}, **options, &block)
    super(*words, env: PURE.merge(env), **options, &block)
  end
end

class PureApiTest < ApiTest
  include PureApi
  parallelize_me!
end

class PureApiPauseTest < ApiPauseTest
  include PureApi
  parallelize_me!

  private

  def paused_hook_count
    1 # compiled scripts; no call is open
  end
end

class PureApiProcessTest < ApiProcessTest
  include PureApi
  parallelize_me!

  undef_method :test_a_writer_that_does_not_start_leaves_the_program_as_it_was # it has none
end
