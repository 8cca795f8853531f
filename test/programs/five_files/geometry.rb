require_relative "shapes/circle"
require_relative "shapes/rectangle"
require_relative "report"

module Geometry
  def self.total(shapes)
    shapes.sum(&:area)
  end
end
