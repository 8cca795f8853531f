# frozen_string_literal: true

# Turns one command line into the program's ruby with the recording booked into it.
#
# Used by CLI. It ends in exec, so the program is the main program and its status the command's;
# where somebody has to outlive the program, or to answer in its place, Front starts it and stays.
require_relative "backend"
require_relative "boot_options"
require_relative "outer_ruby"
require_relative "recording_folder"
require_relative "ruby_switches"

module CodeTracer
  class NoSuchProgram < CannotRecord
  end

  class Launcher
    BOOT = File.join(__dir__, "boot.rb").freeze
    BOOT_VARIABLE = "CODETRACER_BOOT_FD"
    TRACE_FILES = %w[trace.ct trace.json].freeze

    # What a message of ours is called in the manual.
    def self.code_of(error)
      case error
      when CannotRecord then "CT-101"
      when NotBuilt, LoadError then "CT-102"
      else "CT-103"
      end
    end

    # `options` is a RecordingOptions, `outer_ruby` an OuterRuby, `following` a Following or nil;
    # `waiting_ruby` a WaitingRuby or nil.
    def initialize(options, outer_ruby, following: nil, waiting_ruby: nil)
      @options = options
      @outer_ruby = outer_ruby
      @following = following
      @waiting_ruby = waiting_ruby
      @switches = RubySwitches.new(options.raw_command || ["--", *options.command])
    end

    # Returns the command's exit status, or not at all when the program takes this process's place.
    # Where a Ruby waits: what it is answered.
    def run
      return replace({}, ruby_words) if @options.disabled? && !@options.exit_zero?
      return run_in_front({}, ruby_words) if @options.disabled?

      check_program
      start_recorded
    rescue CannotRecord, NotBuilt, SystemCallError, LoadError => e
      raise unless @options.continue_on_error? && @program_is_there

      $stderr.write("#{RECORDER_NAME}: not recording: #{e.message.lines.first.chomp} " \
                    "[#{Launcher.code_of(e)}]\n")
      @options.exit_zero? ? run_in_front({}, ruby_words) : replace({}, ruby_words)
    end

    private

    def start_recorded
      @backend = Backend.find(@options.recorder)
      @waiting_ruby&.begin
      @folder = RecordingFolder.prepare(@options.out_dir)
      @following&.register
      return boot_options.for_boot if @waiting_ruby

      boot_file = boot_options.to_file
      environment = { BOOT_VARIABLE => boot_file.fileno.to_s, **follow_environment }
      words = ruby_words("-r", BOOT)
      front_needed? ? run_in_front(environment, words) : replace(environment, words)
    end

    def boot_options
      BootOptions.new(@options, switches: @switches, recorder: @backend, folder: @folder,
                                following: @following)
    end

    def follow_environment
      return {} unless @options.follow?

      require_relative "following"
      Following.environment(@options, folder: @folder,
                                      workdir: @following&.workdir || @switches.folder)
    end

    # As PID 1 or subreaper the program would be given the writer as a child of its own.
    def outlive_needed?
      @backend.writer && (Process.pid == 1 || Native.subreaper?)
    end

    def front_needed?
      @options.exit_zero? || outlive_needed?
    end

    def check_program
      @program_is_there = false
      find_program
      @program_is_there = true
    end

    def find_program
      path = @switches.script
      return if path.nil? || path == "-" || @switches.switch?("-S")

      found = File.absolute_path(path.b, @switches.folder)
      raise NoSuchProgram, "no such program: #{path}" unless File.exist?(found)
      raise NoSuchProgram, "#{path} is a folder, not a program" if File.directory?(found)
    end

    # The program as it was typed, under the outer ruby's name and with its switches.
    def ruby_words(*boot)
      program = @options.raw_command || @options.command
      [[@outer_ruby.executable, @outer_ruby.name], *@outer_ruby.inherited_switches, *boot,
       *program]
    end

    def replace(environment, words)
      exec(environment, *words) unless @waiting_ruby
    end

    def trace_files
      @folder ? TRACE_FILES.map { |name| File.join(@folder, name) } : []
    end

    def run_in_front(environment, words)
      GC.enable # a front door has switched it off
      require_relative "front"
      front = Front.new(environment, words, trace_files: trace_files)
      status = front.run
      @options.exit_zero? ? 0 : front.pass_on(status)
    end
  end
end
