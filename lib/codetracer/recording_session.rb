# frozen_string_literal: true

# One recording as the API counts it: from the outermost start or record to its end.
#
# Made by recorder.rb. A program that is recorded from the command line joins that recording and
# leaves its end to it; where recording is disabled a session only counts.
require_relative "backend"
require_relative "boot_options"
require_relative "filter/secret_text"
require_relative "flight_options"
require_relative "outer_recorder"
require_relative "recording_folder"
require_relative "running_program"
require_relative "session_options"
require_relative "watch_list"

module CodeTracer
  # Now, not when recording starts: RubyGems' require takes a lock, which a signal handler may not.
  begin
    Native.load
    require_relative "pure" if ENV["CODETRACER_RUBY_RECORDER_BACKEND"] == "pure"
  rescue NotBuilt, LoadError
    require_relative "pure"
  end

  class RecordingSession
    attr_accessor :depth
    # The Intervals of the recording, or nil: it is always on.
    attr_reader :recorder, :intervals

    # What CodeTracer.serialize was told so far.
    @serializers = []
    singleton_class.attr_reader :serializers

    # `outer_recorder` is the one that the command line has started, or nil; `outer_intervals` its.
    def initialize(outer_recorder:, outer_intervals:)
      @depth = 0
      @has_begun = false
      @folder = @triggers = @interval = nil
      @is_joined = outer_recorder&.running? || false
      @recorder = @is_joined ? outer_recorder : nil
      @intervals = @is_joined ? outer_intervals : nil
    end

    # Itself. Raises ArgumentError, CannotRecord.
    def begin(wanted)
      start_recorder(wanted) unless @is_joined || wanted.disabled?
      @interval = @intervals.begin("CodeTracer.start") if @is_joined && @intervals
      @has_begun = true
      self
    rescue UsageError, Filter::Fault => e
      raise ArgumentError, e.message
    rescue NotBuilt, LoadError, SystemCallError, RuntimeError => e
      raise CannotRecord, e.message.lines.first.chomp
    end

    # Of a start inside of this session: there is one trace, in one folder.
    def check(wanted)
      return if @folder.nil? || wanted.folder.nil? || wanted.folder == @folder

      raise ArgumentError, "recording into #{@folder} already, not into #{wanted.folder}"
    end

    def begun?
      @has_begun
    end

    def alive?
      !@has_begun || @recorder.nil? || @recorder.running?
    end

    def finish
      @intervals.end(@interval) if @interval
      @triggers.remove if @triggers
      @recorder.stop if @recorder && !@is_joined && @recorder.running?
    end

    private

    def start_recorder(wanted)
      backend = Backend.find(wanted.recorder)
      @folder = RecordingFolder.prepare(wanted.out_dir)
      require backend.library if backend.name == "pure" && !CodeTracer.const_defined?(:Pure, false)
      @recorder = backend.name == "pure" ? Pure : Native
      options = start_options(wanted, backend)
      @recorder.start(options)
      watch(options[:intervals]) if options[:intervals]
    end

    def start_options(wanted, backend)
      options = BootOptions.new(wanted.recording_options, switches: RunningProgram.new,
                                                          recorder: backend, folder: @folder)
      GemFolders.complete(options.to_h)
                .merge(api: true, children: false, code_lister: method(:list_code).to_proc,
                         serializers: self.class.serializers)
                .merge(planners(wanted.recording_options))
    end

    # `require` takes a lock, which a signal handler may not; RubyGems' own also for what is loaded.
    def planners(options)
      return {} unless options.expressions? || options.instructions?

      require_relative "expressions" unless defined?(Expressions.plan_script)
      { expressions: (Expressions if options.expressions?),
        instructions: (Expressions if options.instructions?) }
    rescue ThreadError
      $stderr.write("codetracer: neither expressions nor instructions are recorded (a signal " \
                    "handler cannot load codetracer/expressions.rb); all else is\n")
      { expressions: nil, instructions: nil }
    end

    def watch(told)
      require_relative "triggers"
      is_placed = !(told[:from] + told[:until]).empty?
      @triggers = Triggers.new(@recorder, told, is_placed ? list_code : [])
      @intervals = @triggers.intervals
    end

    # Called only where the recorder cannot find what is loaded by itself.
    def list_code
      require_relative "loaded_code"
      LoadedCode.iseqs
    end
  end
end
