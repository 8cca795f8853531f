# frozen_string_literal: true

# Which calls a trace shows: of methods alone, or also of blocks, of methods in C; how deep.
#
# Part of RecordingOptions, whose @calls and @switched it reads.
module CodeTracer
  module CallOptions
    CLASS_NAME = /\A[[:upper:]]\w*(::[[:upper:]]\w*)*\z/.freeze
    DEPTH_RANGE = (1..(1 << 30)).freeze

    # Whether each block that runs is a call of its own.
    def block_frames?
      @switched.key?(:block_frames)
    end

    # Whether calls of methods in C are recorded: false, true, or those of which classes.
    def c_calls
      @switched.key?(:c_calls) ? true : @calls.fetch(:c_calls, false)
    end

    # Whether calls of Ruby code that is not recorded are, when recorded code makes them.
    def border_calls?
      @switched.key?(:border_calls)
    end

    # Whether the values of sub-expressions are recorded, and what is assigned.
    def expressions?
      @switched.key?(:expressions)
    end

    # Whether each instruction of the VM is recorded that recorded code runs.
    def instructions?
      @switched.key?(:instructions)
    end

    # How many calls may be open in a thread or fiber for one more to be recorded; nil: any number.
    def call_depth
      @calls[:depth]
    end

    # For trace_info.json.
    def calls
      { block_frames: block_frames?, c_calls: c_calls, border_calls: border_calls?,
        depth: call_depth }
    end

    # Keys of CodeTracer::Native.start.
    def call_start
      { block_frames: block_frames?, c_calls: c_calls, border_calls: border_calls?,
        call_depth: call_depth, expressions: expressions?, instructions: instructions? }
    end

    private

    # Raises UsageError.
    def check_expressions(recorder)
      { "--expressions" => expressions?, "--instructions" => instructions? }.each do |flag, is_on|
        next unless is_on
        raise UsageError, "#{flag} needs the native recorder" if recorder == "pure"
        raise UsageError, "#{flag} and --flight-recorder exclude each other" if @flight&.on?
      end
    end

    def read_c_calls(text)
      @calls[:c_calls] = text.split(",")
      unknown = @calls[:c_calls].find { |name| !CLASS_NAME.match?(name) }
      raise UsageError, "--c-calls: #{unknown} is no name of a class" if unknown
    end

    # JRuby tells of no return that an exception ends, and of a call only what comes behind it.
    def read_depth(text)
      raise UsageError, "--depth cannot be had on JRuby" if RUBY_ENGINE == "jruby"

      @calls[:depth] = bounded(text, DEPTH_RANGE, option: "--depth")
    end
  end
end
