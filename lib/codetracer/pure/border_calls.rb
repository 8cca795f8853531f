# frozen_string_literal: true

# With --border-calls: which calls of Ruby code that is not recorded are made by recorded code
# itself.
#
# Made by Hooks, which tells it of each call and return outside of recorded files. Mirrors
# ext/codetracer_recorder/c_call.c.
require_relative "c_calls"

module CodeTracer
  module Pure
    class BorderCalls < CCalls
      WANTED = :border # what Recorder#c_call is told

      def initialize(recorder, places)
        super(recorder, places, WANTED)
      end

      # hot
      def call(event)
        locations = caller_locations(0).drop_while { |frame| Places.own?(frame) }
        caller = locations[1]
        return if caller.nil? || outside?(event.path)

        path_id = @places.find_location(caller)
        begin_call(event, path_id, locations.drop(1)) if path_id
      end

      def return(event)
        @recorder.c_return(event) unless outside?(event.path)
      end

      private

      # Ruby's own, and ours.
      def outside?(path)
        path.start_with?(Places::INTERNAL) || path.start_with?(Places::OWN_FOLDER)
      end
    end
  end
end
