# frozen_string_literal: true

# The end of the process, whichever way it comes, for the recording that runs then.
#
# Used by CodeTracer::Pure. The at_exit block that was registered first runs last and notes what
# ends the program; threads still end and errors are reported after that, so the recording is
# closed by a finalizer, which runs later still. `exit!` and `exec` run neither and are replaced.
require_relative "output_capture"
require_relative "replaced_methods"

module CodeTracer
  module Pure
    class ProcessEnd
      HAS_LATE_FINALIZERS = RUBY_ENGINE == "ruby"
      HAS_THROW = HAS_LATE_FINALIZERS # what a throw leaves has return events
      End = self # as the replaced methods call it
      private_constant :End

      @token = nil

      class << self
        # The Recording that is to be closed, or nil.
        attr_accessor :recording

        # Once a process, before the program can register anything.
        def watch
          return if @token

          @token = Object.new
          ObjectSpace.define_finalizer(@token, method(:close)) if HAS_LATE_FINALIZERS
          at_exit { note($!) }
          OutputCapture.quietly do
            class_eval(ReplacedMethods::END_METHODS, ReplacedMethods::FILE, 1)
            class_eval(ReplacedMethods::THROW_METHODS, ReplacedMethods::FILE, 1) if HAS_THROW
          end
        end

        # What is recorded so far goes to disk: the process may be gone without a word.
        def save
          recording.save if in_main_ractor? && recording
        end

        # The same, and it is.
        def leave
          recording.leave_unseen if in_main_ractor? && recording
        end

        # Another program takes this one's place.
        def replace_program(arguments)
          capture = OutputCapture.running
          capture.processes.start("exec", arguments) if capture
          leave
        end

        # `throw` is called with that tag.
        def note_throw(tag)
          recording.note_throw(tag) if in_main_ractor? && recording
        end

        private

        def in_main_ractor?
          !defined?(Ractor) || Ractor.count == 1 || Ractor.current == OutputCapture::MAIN_RACTOR
        end

        def note(exception)
          return if recording.nil?

          recording.note_ending(exception)
          close unless HAS_LATE_FINALIZERS
        end

        def close(*)
          recording.close if recording
        end
      end
    end
  end
end
