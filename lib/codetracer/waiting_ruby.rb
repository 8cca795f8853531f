# frozen_string_literal: true

# The program's Ruby that was started beside the launcher and waits in boot.rb for what it answers.
#
# Used by CLI where command.c has started both. An answer is what Launcher#run returns there: the
# options of the recording, nil for a program that runs without one, or an exit status.
module CodeTracer
  class WaitingRuby
    VARIABLE = "CODETRACER_ANSWER_FD"

    # nil: the program's Ruby will take this process's place.
    def self.find
      descriptor = ENV.delete(VARIABLE)
      new(IO.for_fd(Integer(descriptor), "wb")) if descriptor
    end

    # `file` is the end of a pipe.
    def initialize(file)
      @file = file
      @file.close_on_exec = true
    end

    # The launcher's own exit status.
    def answer(result)
      @file.write(Marshal.dump(result))
      @file.close
      0
    rescue Errno::EPIPE
      0 # it has ended before its program began, and said why
    end
  end
end
