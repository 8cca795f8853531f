# frozen_string_literal: true

# The program that runs already, where the command line has RubySwitches: its script and arguments.
#
# Used by RecordingSession. `$0` may have been given another text, and a relative one means nothing
# after a Dir.chdir: the outermost frame knows the script better.
require_relative "recording_folder"

module CodeTracer
  class RunningProgram
    FRAMES = Thread.main.method(:backtrace_locations)
    NAMELESS = %w[-e -].freeze

    # "-e", "-", or the main script's path.
    def program
      location = main_location
      return $PROGRAM_NAME unless location

      location.absolute_path || location.path
    end

    def arguments
      ARGV.grep(String).map { |word| word.b.delete("\0") }
    end

    def folder
      RecordingFolder.current
    end

    def switch?(_name)
      false
    end

    private

    # nil before the main script has begun and while at_exit procedures run.
    def main_location
      last = FRAMES.call&.last
      last if last && last.label == "<main>"
    end
  end
end
