class Circle
  def initialize(radius)
    @radius = radius
  end

  def area
    3 * @radius**2
  end
end
