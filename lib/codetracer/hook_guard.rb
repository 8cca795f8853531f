# frozen_string_literal: true

# Around what Triggers does in the middle of the program, in hooks and signal handlers: nothing of
# it is raised there.
#
# What comes from outside is the program's: exceptions of other threads wait for the end of the
# hook, those of its signal handlers and Ctrl-C go on.
module CodeTracer
  module HookGuard
    DEFER = Thread.method(:handle_interrupt)
    ALL = { Object => :never }.freeze
    LOCATIONS = Exception.instance_method(:backtrace_locations)
    INTERNAL = %w[<internal: org/jruby/ java/].freeze # paths of what Ruby itself is written in

    module_function

    def call
      DEFER.call(ALL) do
        begin
          yield
        rescue StandardError, ScriptError, NoMemoryError, SystemStackError => e
          raise unless own?(e)
        end
      end
    end

    # Whether it was raised by code of this folder, or by Ruby's own that this has called.
    def own?(exception)
      locations = LOCATIONS.bind(exception).call || []
      place = locations.find { |location| !location.path.start_with?(*INTERNAL) }
      !place.nil? && place.path.start_with?(__dir__)
    end
    private_class_method :own?
  end
end
