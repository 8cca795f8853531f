# frozen_string_literal: true

# The command: reads options, answers --help and --version, starts the launcher.
#
# Used by exe/codetracer-ruby-recorder, src/native_trace.rb and trace.rb. Every failure of ours is
# one line on stderr and an exit status; what the program does after exec is its own.
require_relative "launcher"
require_relative "recording_options"
require_relative "version"

module CodeTracer
  class CLI
    CANNOT_RECORD = 1
    WRONG_USAGE = 2
    EXPLAIN = %w[filter explain].freeze

    # The exit status, unless the program takes this process's place.
    # `recorder` is the one that the front door stands for; nil: native where it can be had.
    # `own_switch` as OuterRuby takes it.
    def self.run(words, recorder: nil, own_switch: nil)
      waiting_ruby = WaitingRuby.find
      cli = new(words, recorder: recorder, own_switch: own_switch, waiting_ruby: waiting_ruby)
      waiting_ruby ? waiting_ruby.answer { cli.run } : cli.run
    end

    def initialize(words, recorder:, own_switch:, waiting_ruby:)
      @words = words
      @recorder = recorder
      @outer_ruby = OuterRuby.new(own_switch: own_switch)
      @waiting_ruby = waiting_ruby
    end

    def run
      return explain if @words.first(2) == EXPLAIN

      options = RecordingOptions.new(@words, environment: ENV, recorder: @recorder)
      return print_help if options.help?
      return print_version if options.version?

      require_program(options)
      Launcher.new(options, @outer_ruby, waiting_ruby: @waiting_ruby).run
    rescue UsageError => e
      fail_with(WRONG_USAGE, "#{e.message} (see --help)", "CT-100")
    rescue Filter::Fault => e
      fail_with(WRONG_USAGE, e.message, "CT-100")
    rescue CannotRecord, NotBuilt, SystemCallError, LoadError => e
      fail_with(CANNOT_RECORD, e.message, Launcher.code_of(e))
    end

    private

    def explain
      require_relative "filter/explain"
      options = RecordingOptions.new(@words.drop(2), environment: ENV)
      $stdout.write(Filter::Explain.new(options).text)
      0
    end

    def print_help
      require_relative "help"
      $stdout.write(HELP)
      0
    end

    def print_version
      $stdout.write("#{RECORDER_NAME} #{VERSION}\n")
      0
    end

    def require_program(options)
      raise UsageError, "no program to record" if (options.raw_command || options.command).empty?
    end

    def fail_with(status, message, code)
      $stderr.write("#{RECORDER_NAME}: #{message.lines.first.chomp} [#{code}]\n")
      status
    end
  end
end
