/** Apart from the others, as few people open what it is for. */
export const sized = {
  title: 'In another size',
  why: 'The file is made when the address is first opened. Nothing is enlarged.',
  width: 'Width',
  height: 'Height',
  same: 'As the width',
  fit: 'Fit',
  fits: { inside: 'Whole picture', cover: 'Cropped to fill' },
  focus: 'Keep',
  foci: { centre: 'The centre', salient: 'What stands out', faces: 'Faces' },
  point: 'The focus point',
  format: 'Format',
  pixels: (pixels: string) => `${pixels} pixels`,
  copy: 'Copy the address',
}
