# frozen_string_literal: true

# How events wait, and how they are put where they happened.
#
# Part of Timeline.
require_relative "held_events"

module CodeTracer
  module Pure
    module HeldTimeline
      # Events of the strand that wait; it may be another than the current one. `is_judged`: behind
      # a record that has shown its variables; else all of them as `*` where the code has a variable
      # that is redacted, which may have got them by now.
      def put_held(strand, is_judged: false)
        held, strand.held = strand.held, nil
        return unless held

        held.hide_all if !is_judged && strand.redacts_some?
        current, @current = @current, strand
        filter = @values.filter
        filter.waiting.delete(held)
        held.shown(filter).each { |kind, text| put_event(kind, "", text) }
        @current = current
      end

      private

      def hold(kind, content)
        put_held(@current) if @current.held&.full?(content)
        waiting = @values.filter.waiting
        waiting.delete(@current.held)
        @current.held = (@current.held || HeldEvents.new).with(kind, content)
        waiting << @current.held
      end
    end
  end
end
